"""The parts of the benchmark: each measures one thing and gives a dict for the report."""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from broker import Broker, Failed, cpu_s, rss_bytes

# Enough that somebody always has something to do: with 240 one of eight moments of the two cores is idle.
IN_FLIGHT, CONNECTIONS = 400, 8


def fsync_probe(directory):
    """What one small fsync costs on that disk, in microseconds: median and 99th percentile."""
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        times = []
        for _ in range(200):
            file.write(b'x' * 512)
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    return {'fsync_p50_us': times[100], 'fsync_p99_us': times[197]}


# --- an RPC that needs no store ---

NGINX = '''daemon off;
master_process on;
worker_processes %(workers)d;
pid %(dir)s/pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path %(dir)s; proxy_temp_path %(dir)s; fastcgi_temp_path %(dir)s;
  uwsgi_temp_path %(dir)s; scgi_temp_path %(dir)s;
  keepalive_requests 1000000000;
  http2_max_concurrent_streams 256;
  server {
    listen 127.0.0.1:%(port)d ssl http2 reuseport;
    ssl_certificate %(cert)s;
    ssl_certificate_key %(key)s;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    location / { default_type application/grpc+proto; return 200 "0000200"; }
  }
}
'''


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Minimal:
    def __init__(self, bench, broker, workers):
        tls = os.path.join(broker.state['data'], 'tls')
        self.process = subprocess.Popen(
            [os.path.join(bench.build, 'tests', 'bench', 'minimal_h2'), os.path.join(tls, 'server.crt'),
             os.path.join(tls, 'server.key'), str(workers)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Nginx:
    def __init__(self, bench, broker, workers):
        tls = os.path.join(broker.state['data'], 'tls')
        self.dir = tempfile.mkdtemp(dir=broker.dir)
        self.port = free_port()
        conf = os.path.join(self.dir, 'nginx.conf')
        with open(conf, 'w') as file:
            file.write(NGINX % {'workers': workers, 'dir': self.dir, 'port': self.port,
                                'cert': os.path.join(tls, 'server.crt'), 'key': os.path.join(tls, 'server.key')})
        os.chmod(broker.dir, 0o755)
        self.process = subprocess.Popen(['nginx', '-p', self.dir, '-c', conf], stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def h2load(port, seconds, body, kind='application/grpc+proto', path='/grpc.health.v1.Health/Check', headers=()):
    words = ['h2load', '-D', str(seconds), '--warm-up-time', '1', '-c', str(CONNECTIONS), '-m', '32', '-t', '1',
             '-d', body, '-H', 'content-type: ' + kind, '-H', 'te: trailers']
    for header in headers:
        words += ['-H', header]
    words.append('https://127.0.0.1:%d%s' % (port, path))
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    rate = re.search(r'finished in [\d.]+\w*, ([\d.]+) req/s', done.stdout)
    wrong = re.search(r'(\d+) failed, (\d+) errored, (\d+) timeout', done.stdout)
    if rate is None or wrong is None or any(int(n) for n in wrong.groups()) or '2xx' not in done.stdout:
        raise Failed('h2load:\n' + done.stdout)
    return float(rate.group(1))


def rpc(bench):
    """Turn by turn, so that all three meet the same minute."""
    seconds, rounds = (2, 2) if bench.quick else (4, 3)
    with Broker(bench.build, bench.dir) as broker:
        workers = len(broker.state['workers'])
        body = os.path.join(broker.dir, 'body')
        with open(body, 'wb') as file:
            file.write(bytes(5))
        others = [Minimal(bench, broker, workers), Nginx(bench, broker, workers)]
        rates = {'rpc_per_s': [], 'minimal_h2_per_s': [], 'nginx_per_s': []}
        try:
            for _ in range(rounds):
                for name, port in zip(rates, [broker.port()] + [o.port for o in others]):
                    rates[name].append(h2load(port, seconds, body))
        finally:
            for other in others:
                other.stop()
    result = {name: sorted(values)[len(values) // 2] for name, values in rates.items()}
    result['rpc_of_minimal'] = result['rpc_per_s'] / result['minimal_h2_per_s']
    result['rpc_of_nginx'] = result['rpc_per_s'] / result['nginx_per_s']
    return result


# --- JSON beside proto ---

def some_order(broker):
    """A tenant with one order that has all its parts; its id and a key that may read it."""
    def call(path, key, body):
        request = urllib.request.Request(
            'http://%s/paidan.v1.%s' % (broker.state['local'], path), json.dumps(body).encode(),
            {'content-type': 'application/json', 'authorization': 'Bearer ' + key})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as why:
            raise Failed('%s: %s' % (path, why.read().decode())) from why

    with open(broker.state['root_key_file']) as file:
        made = call('OrgService/CreateTenant', file.read().strip(), {'tenantId': 'bench', 'name': '测量街道'})
    key, point = made['adminKey'], {'lat': 30.5005, 'lon': 119.5005}
    square = [(30.5, 119.5), (30.5, 119.501), (30.501, 119.501), (30.501, 119.5), (30.5, 119.5)]
    grid = call('OrgService/ImportGrids', key, {'parentId': made['root']['id'], 'grids': [{
        'name': '一网格', 'code': '01',
        'polygons': [{'rings': [{'points': [{'lat': lat, 'lon': lon} for lat, lon in square]}]}]}]})['grids'][0]['id']
    building = call('OrgService/CreateBuilding', key, {'building': {'name': '1号楼', 'gridId': grid, 'point': point}})
    household = call('OrgService/CreateHousehold', key, {'household': {
        'buildingId': building['building']['id'], 'address': '1号楼101'}})
    resident = call('OrgService/CreateResident', key, {'resident': {
        'householdId': household['household']['id'], 'name': '王奶奶', 'phone': '13800000001'}})['resident']['id']
    category = call('OrgService/PutCategory', key, {'category': {
        'code': 'repair', 'nameZh': '维修', 'nameEn': 'repair', 'urgency': 'URGENCY_NORMAL', 'slots': [{}],
        'points': {'perOrder': 10}}})['category']['id']
    order = call('OrderService/PlaceOrder', key, {
        'categoryId': category, 'title': '修水龙头', 'description': '厨房的水龙头漏水，需要换一个垫圈。', 'point': point,
        'beneficiaryId': resident})
    return order['order']['id'], key


def json_rate(bench):
    """The same calls over Connect, in JSON and in proto, turn by turn: one that reads an order, and health. One worker,
    so that it is what has to be waited for and not the client."""
    seconds, rounds = (2, 2) if bench.quick else (3, 3)
    with Broker(bench.build, bench.dir, '--workers=1') as broker:
        order, key = some_order(broker)
        raw = order.encode()
        calls = {
            'json_read_per_s': ('application/json', json.dumps({'orderId': order}).encode()),
            'proto_read_per_s': ('application/proto', b'\n' + bytes([len(raw)]) + raw),
            'json_health_per_s': ('application/json', b'{}'),
            'proto_health_per_s': ('application/proto', b'\n\0')}  # h2load takes no empty file
        rates = {name: [] for name in calls}
        for _ in range(rounds):
            for name, (kind, body) in calls.items():
                path = os.path.join(broker.dir, name)
                with open(path, 'wb') as file:
                    file.write(body)
                method = '/paidan.v1.OrderService/GetOrder' if 'read' in name else '/grpc.health.v1.Health/Check'
                rates[name].append(h2load(broker.port(), seconds, path, kind, method, ['authorization: Bearer ' + key]))
    result = {name: sorted(values)[len(values) // 2] for name, values in rates.items()}
    result['json_of_proto'] = result['json_read_per_s'] / result['proto_read_per_s']
    result['json_of_proto_health'] = result['json_health_per_s'] / result['proto_health_per_s']
    return result


# --- lifecycles and commits ---

def p99s(report):
    return {name: one['p99_ms'] for name, one in report['rpcs'].items()}


def lifecycles(bench, fsync):
    seconds = 5 if bench.quick else 15
    suffix = '' if fsync == 'always' else '_' + fsync
    with Broker(bench.build, bench.dir, '--fsync=' + fsync) as broker:
        full = broker.bench_with_cost(seconds, '--in-flight', IN_FLIGHT, '--connections', CONNECTIONS, '--warmup', 3)
    half_rate = max(int(full['lifecycles_per_s'] / 2), 1)
    # In a broker of its own: Redis would begin to write its file anew with what the first one filled it.
    with Broker(bench.build, bench.dir, '--fsync=' + fsync) as broker:
        half = broker.bench('--seconds', seconds, '--in-flight', IN_FLIGHT, '--connections', CONNECTIONS, '--warmup', 2,
                            '--rate', half_rate)
    result = {'lifecycles_per_s': full['lifecycles_per_s'], 'transitions_per_s': full['transitions_per_s'],
              'p99_ms': p99s(full), 'half_rate': half_rate, 'half_p99_ms': p99s(half),
              'half_p99_worst_ms': max(p99s(half).values())}
    result.update(full['cost'])
    return {name + suffix: value for name, value in result.items()}


def commits(bench):
    """The store's commit beside a bare pipelined script with the same writes, on a Redis of its own."""
    with tempfile.NamedTemporaryFile() as out:
        words = [os.path.join(bench.build, 'tests', 'bench', 'bench_commit'), '--json', out.name, '--in-flight', '200',
                 '--ms', '500' if bench.quick else '1500']
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise Failed('bench_commit:\n' + done.stdout)
        with open(out.name) as lines:
            rows = [line for line in lines if line.strip()]
    result = {}
    for row in map(json.loads, rows):
        suffix = '' if row['fsync'] == 'always' else '_' + row['fsync']
        result['raw_commits_per_s' + suffix] = row['raw_commits_per_s']
        result['commits_per_s' + suffix] = row['commits_per_s']
        result['commits_of_raw' + suffix] = row['commits_per_s'] / row['raw_commits_per_s']
    return result


def validation(bench):
    """A request against the rules of its .proto file."""
    done = subprocess.run([os.path.join(bench.build, 'tests', 'bench', 'bench_rules')], stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failed('bench_rules')
    return json.loads(done.stdout)


def batches(bench):
    """Decisions of dispatch: a batch solved as an assignment, and all that becomes of one."""
    figures = {}
    for name in 'bench_assign', 'bench_batches':
        done = subprocess.run([os.path.join(bench.build, 'tests', 'bench', name)], stdout=subprocess.PIPE, text=True,
                              check=False)
        if done.returncode != 0:
            raise Failed(name)
        figures.update(json.loads(done.stdout))
    return figures


def candidates(bench):
    """One order's candidates, beside more and more members."""
    done = subprocess.run([os.path.join(bench.build, 'tests', 'bench', 'bench_roster')], stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failed('bench_roster')
    result = json.loads(done.stdout)
    result['decision_growth'] = result['decision_us_100k'] / result['decision_us_1k']
    return result


# --- memory ---

def kind_of(key):
    """pd:{tenant}:o:… is "o"; indexes by their name."""
    parts = key.decode(errors='replace').split(':')
    return ':'.join(parts[2:4]) if len(parts) > 3 and parts[2] == 'i' else parts[2]


def by_kind(redis, tenant):
    keys = redis.keys('pd:{%s}:*' % tenant)
    sizes = redis.calls([('MEMORY', 'USAGE', key, 'SAMPLES', '0') for key in keys])
    sums = {}
    for key, size in zip(keys, sizes):
        sums[kind_of(key)] = sums.get(kind_of(key), 0) + (size or 0)
    return sums


def per_order(redis, make, few, many):
    """Bytes of each of the orders that the larger run has more, in all and by kind of key."""
    used, kinds = [], []
    for n in (few, many):
        before = redis.used_bytes()
        tenant = make(n)
        used.append(redis.used_bytes() - before)
        kinds.append(by_kind(redis, tenant))
    more = many - few
    parts = {kind: round((kinds[1].get(kind, 0) - kinds[0].get(kind, 0)) / more, 1) for kind in kinds[1]}
    return (used[1] - used[0]) / more, {kind: size for kind, size in sorted(parts.items()) if abs(size) >= 1}


def order_bytes(bench):
    few, many = (500, 4500) if bench.quick else (1000, 21000)
    grids = many // 80  # as many as have some 80 open orders each
    with Broker(bench.build, bench.dir, '--fsync=everysec') as broker:
        redis = broker.redis()

        def open_orders(n):
            return broker.bench('--prefill', n, '--grids', grids, '--in-flight', 100, '--lifecycles', 1,
                                '--warmup', 0)['tenant']

        def closed_orders(n):
            tenant = broker.bench('--in-flight', 100, '--lifecycles', n, '--warmup', 0, '--seconds', 600)['tenant']
            for key in redis.keys('pd:{%s}:events*' % tenant):
                redis.call('XTRIM', key, 'MAXLEN', '0')
            # Claims of request ids live for 24 to 48 hours: they are gone when the events are.
            for key in redis.keys('pd:{%s}:q:*' % tenant):
                redis.call('DEL', key)
            return tenant

        open_bytes, open_parts = per_order(redis, open_orders, few, many)
        closed_bytes, closed_parts = per_order(redis, closed_orders, few, many)
        redis.close()
    return {'open_order_bytes': open_bytes, 'open_order_parts': open_parts,
            'closed_order_bytes': closed_bytes, 'closed_order_parts': closed_parts}


def idle_connections(bench):
    n = 500 if bench.quick else 4000
    with Broker(bench.build, bench.dir) as broker:
        def rss():
            return sum(rss_bytes(pid) for pid in broker.state['workers'])

        def hold(count):
            process = subprocess.Popen(broker.command('bench', '--idle', count), stdout=subprocess.PIPE, text=True)
            if '"idle_connections"' not in process.stdout.readline():
                raise Failed('idle connections: none')
            time.sleep(5)  # what the handshakes left behind is given back
            return process

        def drop(process):
            process.send_signal(signal.SIGINT)
            process.wait()
            process.stdout.close()

        # The first few pay for what all share.
        warm = hold(50)
        before = rss()
        idle = hold(n)
        after = rss()
        drop(idle)
        drop(warm)
    return {'idle_connections': n, 'idle_connection_bytes': (after - before) / n}


# --- events to watchers ---

def watchers(bench):
    """Streams of events while orders go through their lives: each hears of one grid of 64; then fewer lives, of which
    all hear everything."""
    n, seconds = (2000, 5) if bench.quick else (10000, 15)
    result = {'watchers': n}
    for prefix, rate, more in (('watch', 5, []), ('watch_all', 1, ['--watch-all'])):
        with Broker(bench.build, bench.dir, '--fsync=always') as broker:
            heard = broker.bench('--watchers', n, '--rate', rate, '--seconds', seconds, '--warmup', 5, '--in-flight', 50,
                                 *more)
        if heard['watch_ended']:
            raise Failed('%d of the streams ended' % heard['watch_ended'])
        for name in ('p50_ms', 'p99_ms', 'max_ms'):
            result['%s_%s' % (prefix, name)] = heard['watch_' + name]
        result[prefix + '_messages_per_s'] = heard['watch_messages'] / heard['seconds']
    return result


# --- does it grow? ---

SCALING_COSTS = ('server_cpu_us', 'redis_cpu_us', 'accept_p50_ms', 'complete_p50_ms', 'board_p50_ms')
SCALING_FEW, SCALING_GRIDS, SCALING_RATE = 1000, 64, 400


def scaling_bench(bench, broker, orders, members, grids, warmup):
    report = broker.bench_with_cost(3 if bench.quick else 10, '--prefill', orders, '--members', members, '--grids', grids,
                                    '--in-flight', 32, '--connections', 4, '--board', 4, '--warmup', warmup,
                                    '--rate', SCALING_RATE)
    return {'orders': orders, 'members': members, 'grids': grids, 'lifecycles_per_s': report['lifecycles_per_s'],
            'server_cpu_us': report['cost']['server_cpu_us'], 'redis_cpu_us': report['cost']['redis_cpu_us'],
            'accept_p50_ms': report['rpcs']['AcceptOffer']['p50_ms'],
            'complete_p50_ms': report['rpcs']['CompleteTask']['p50_ms'],
            'board_p50_ms': report['rpcs']['ListBoard']['p50_ms']}


def wait_for_completions(broker, thread):
    while thread.is_alive():
        if any('CompleteTask' in name and value > 0 for name, value in broker.metrics().items()):
            return
        time.sleep(0.1)
    raise Failed('nothing was completed')


def scaling_row(bench, orders, members, grids):
    """The many, and the few beside them in a broker of their own: at the same time, for the machine's speed changes."""
    with Broker(bench.build, bench.dir, '--fsync=everysec') as many, \
            Broker(bench.build, bench.dir, '--fsync=everysec') as few:
        # Placing the many fills the file until Redis writes it anew beside the work: that would be the prelude's cost.
        for broker in many, few:
            redis = broker.redis()
            redis.call('CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0')
            redis.close()
        rows = []
        thread = threading.Thread(target=lambda: rows.append(scaling_bench(bench, many, orders, members, grids, 4)))
        thread.start()
        wait_for_completions(many, thread)
        beside = scaling_bench(bench, few, SCALING_FEW, SCALING_FEW, SCALING_GRIDS, 2)
        thread.join()
    if not rows:
        raise Failed('beside %d orders and %d members' % (orders, members))
    rows[0]['times'] = {cost: rows[0][cost] / beside[cost] for cost in SCALING_COSTS}
    return rows[0]


def scaling(bench):
    """The cost of the same work beside more and more open orders, and more and more members; `times` is a row's cost for
    that of the fewest."""
    sizes = [10000] if bench.quick else [10000, 100000]
    rows = [(n, SCALING_FEW, SCALING_GRIDS) for n in [SCALING_FEW] + sizes + ([1000000] if bench.million else [])]
    rows += [(SCALING_FEW, n, SCALING_GRIDS) for n in sizes]
    if not bench.quick:
        rows.append((SCALING_FEW, 100000, 1600))  # as many to a grid as 4,000 are in 64 of them
    measured = [scaling_row(bench, *row) for row in rows]
    return {'scaling': measured, 'scaling_growth': max(row['times'][cost] for row in measured
                                                       for cost in ('server_cpu_us', 'redis_cpu_us'))}

"""A broker for measuring, and what it costs: CPU, memory, Redis."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

TICK_S = 1 / os.sysconf('SC_CLK_TCK')
PAGE_BYTES = os.sysconf('SC_PAGE_SIZE')


class Failed(Exception):
    pass


def cpu_s(pid):
    """User and system time of a process so far."""
    try:
        with open('/proc/%d/stat' % pid) as stat:
            fields = stat.read().rpartition(')')[2].split()
    except FileNotFoundError as gone:
        raise Failed('process %d is gone' % pid) from gone
    return (int(fields[11]) + int(fields[12])) * TICK_S


def rss_bytes(pid):
    with open('/proc/%d/statm' % pid) as statm:
        return int(statm.read().split()[1]) * PAGE_BYTES


class Redis:
    """As much of RESP2 as measuring needs, over the unix socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile('rb')

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *words):
        parts = [b'*%d\r\n' % len(words)]
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b'$%d\r\n%s\r\n' % (len(word), word))
        self.socket.sendall(b''.join(parts))

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b'$':
            n = int(rest)
            return None if n < 0 else self.file.read(n + 2)[:-2]
        if kind == b'*':
            return [self.reply() for _ in range(int(rest))]
        if kind == b'-':
            raise Failed('Redis: ' + rest.decode())
        return int(rest) if kind == b':' else rest

    def call(self, *words):
        self.send(*words)
        return self.reply()

    def calls(self, commands):
        """One round trip for a few hundred commands at a time."""
        replies = []
        for at in range(0, len(commands), 500):
            part = commands[at:at + 500]
            for words in part:
                self.send(*words)
            replies += [self.reply() for _ in part]
        return replies

    def used_bytes(self):
        self.call('MEMORY', 'PURGE')
        for line in self.call('INFO', 'memory').decode().splitlines():
            if line.startswith('used_memory:'):
                return int(line.partition(':')[2])
        raise Failed('Redis does not say how much memory it uses')

    def keys(self, pattern):
        found, cursor = [], b'0'
        while True:
            cursor, some = self.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
            found += some
            if cursor == b'0':
                return found


class Broker:
    """paidand with a data directory of its own, and the command that talks to it."""

    def __init__(self, build, base_dir, *options):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix='paidan-bench-', dir=base_dir)
        self.log = open(os.path.join(self.dir, 'log'), 'wb')
        self.process = subprocess.Popen(
            [os.path.join(build, 'server', 'paidand'), '--listen=127.0.0.1:0', '--local=127.0.0.1:0',
             '--data=' + os.path.join(self.dir, 'data'), '--log_level=warn', *options],
            stderr=self.log, start_new_session=True)
        try:
            self.state = self.wait()
        except Failed:
            self.stop()
            raise

    def wait(self):
        path = os.path.join(self.dir, 'data', 'paidand.json')
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            if os.path.exists(path):
                with open(path) as state:
                    return json.load(state)
            time.sleep(0.05)
        with open(self.log.name) as log:
            raise Failed('paidand does not start:\n' + log.read()[-2000:])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def url(self):
        return 'https://localhost:' + self.state['listen'].rpartition(':')[2]

    def port(self):
        return int(self.state['listen'].rpartition(':')[2])

    def redis(self):
        return Redis(self.state['redis'])

    def command(self, *words):
        return [os.path.join(self.build, 'client', 'cli', 'paidan'), *map(str, words), '--server', self.url(),
                '--ca', self.state['ca']]

    def bench(self, *words):
        """`paidan bench` to its end; its report."""
        words = self.command('bench', '--root-key', self.state['root_key_file'], '-o', 'json', *words)
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Failed('%s\n%s' % (' '.join(words), done.stderr))
        return json.loads(done.stdout)

    def metrics(self):
        values = {}
        with urllib.request.urlopen('http://%s/metrics' % self.state['local'], timeout=10) as page:
            for line in page.read().decode().splitlines():
                name, _, value = line.rpartition(' ')
                if line and not line.startswith('#'):
                    values[name] = float(value)
        return values

    def sample(self):
        metrics = self.metrics()
        return {
            'at': time.monotonic(),
            'server': sum(cpu_s(pid) for pid in self.state['workers']),
            'redis': cpu_s(self.state['redis_pid']),
            'commits': metrics['paidan_store_commits_total'],
            'stale': metrics['paidan_store_stale_total'],
            'loads': metrics['paidan_store_loads_total'],
            'commands': metrics['paidan_store_commands_total'],
            'sent': metrics['paidan_store_sent_bytes_total'],
            'received': metrics['paidan_store_received_bytes_total'],
        }

    def bench_with_cost(self, seconds, *words):
        """A bench, and what a commit cost in the middle of the time that it measured."""
        samples, over = [], threading.Event()

        def watch():
            while not over.wait(0.25):
                samples.append(self.sample())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            report = self.bench('--seconds', seconds, *words)
        finally:
            end = time.monotonic()
            over.set()
            watcher.join()
        inside = [s for s in samples if end - seconds <= s['at'] <= end - 0.4]
        if len(inside) < 2:
            raise Failed('too few samples')
        first, last = inside[0], inside[-1]
        delta = {name: last[name] - first[name] for name in first}
        commits = max(delta['commits'], 1)
        report['cost'] = {
            'broker_commits_per_s': delta['commits'] / delta['at'],
            'server_cpu_us': delta['server'] / commits * 1e6,
            'redis_cpu_us': delta['redis'] / commits * 1e6,
            'redis_commands': delta['commands'] / commits,
            'redis_loads': delta['loads'] / commits,
            'stale': delta['stale'] / commits,
            'redis_sent_bytes': delta['sent'] / commits,
            'redis_received_bytes': delta['received'] / commits,
        }
        return report

// A receiver of webhooks, as a backend would write it: the npm package standardwebhooks checks every request.
// usage: receiver.mjs CERT KEY. Commands come as JSON lines on standard input, what arrives leaves as JSON lines.
//   {"secrets": ["whsec_…"]}   each of them must verify
//   {"status": 503, "headers": {"retry-after": "1"}}   what it answers from now on
//   {"down": true}             closes the port and all connections; false: listens on it again
import {readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import {createInterface} from 'node:readline';
import {Webhook} from 'standardwebhooks';

const [cert, key] = process.argv.slice(2).map(file => readFileSync(file));
const state = {secrets: [], status: 204, headers: {}};
let server, port = 0, connections = 0;

const say = line => process.stdout.write(JSON.stringify(line) + '\n');

function verify(body, headers) {
  try {
    for (const secret of state.secrets) {
      const payload = new Webhook(secret).verify(body, headers);
      if (JSON.stringify(payload) !== JSON.stringify(JSON.parse(body)))
        return 'another payload';
    }
    return state.secrets.length > 0;
  } catch (e) {
    return String(e);
  }
}

function answer(request, response) {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const payload = JSON.parse(body);
    say({id: request.headers['webhook-id'], method: request.method, path: request.url, status: state.status,
         type: payload.type, timestamp: payload.timestamp, event: payload.data, verified: verify(body, request.headers),
         signatures: request.headers['webhook-signature'].split(' ').length,
         contentType: request.headers['content-type']});
    response.writeHead(state.status, state.headers);
    response.end();
  });
}

function up() {
  server = createServer({cert, key}, answer);
  server.on('connection', () => connections++);
  server.listen(port, '127.0.0.1', () => {
    port = server.address().port;
    say({port});
  });
}

createInterface({input: process.stdin}).on('line', line => {
  const command = JSON.parse(line);
  Object.assign(state, command);
  if (command.down === true) {
    server.close(() => say({down: true}));
    server.closeAllConnections();
  } else if (command.down === false) {
    up();
  } else {
    say({done: true, connections});
  }
}).on('close', () => process.exit(0));
up();

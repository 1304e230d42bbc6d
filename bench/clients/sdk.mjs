// The official `cloudflare` package.
//   node sdk.mjs mode=sequential|batch|once url=BASE calls=1000 warm=50 [concurrency=32]
// The certificate to trust is in NODE_EXTRA_CA_CERTS.

import Cloudflare from 'cloudflare';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const values = Object.fromEntries(process.argv.slice(2).map((word) => {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}));

const client = new Cloudflare({
  apiToken: '0123456789abcdef0123456789abcdef01234567', baseURL: values.url, maxRetries: 0,
});
const where = {
  account_id: '0123456789abcdef0123456789abcdef',
  app_id: 'fedcba98-7654-3210-fedc-ba9876543210',
  session_id: '0b9f8f6e-5d0a-4a51-8c1e-7b0f3c2a9d44',
};

async function call(number) {
  const id = '6f1a1f0e-3c1b-4f7e-9a52-' + String(number).padStart(12, '0');
  const answer = await client.realtimeKit.sessions.getSessionParticipantDetails(id, where);
  if (typeof answer.data.participant.id !== 'string') throw new Error('this is no participant');
}

const modes = {
  async sequential(calls, times) {
    for (let i = 0; i < calls; i++) {
      const start = performance.now();
      await call(i);
      times[i] = (performance.now() - start) / 1000;
    }
  },
  async batch(calls, times) {
    let next = 0;
    async function worker() {
      while (next < calls) {
        const i = next++;
        const start = performance.now();
        await call(i);
        times[i] = (performance.now() - start) / 1000;
      }
    }
    await Promise.all(Array.from({ length: Number(values.concurrency) }, worker));
  },
};

function memory(what) {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(status.match(new RegExp(what + ':\\s+(\\d+)'))[1]);
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (values.mode === 'once') {
  await call(1);
} else {
  const calls = Number(values.calls);
  const run = modes[values.mode];
  await run(Number(values.warm), []);
  const idle = memory('VmRSS');
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'go') break;
    const times = [];
    const cpu0 = cpu();
    const wall0 = performance.now();
    await run(calls, times);
    const wall = (performance.now() - wall0) / 1000;
    const used = cpu() - cpu0;
    times.sort((a, b) => a - b);
    console.log(JSON.stringify({
      calls, wall, cpu: used, p50: times[Math.floor(calls / 2)],
      p99: times[Math.floor(calls * 0.99)], idle, resident: memory('VmRSS'),
      peak: memory('VmHWM'),
    }));
  }
  process.exit(0);
}

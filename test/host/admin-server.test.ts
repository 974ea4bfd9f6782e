import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminAsk, startAdminServer } from '../../node/host/admin-server.ts';
import { createEventLog, type EventLog, firstSeqAt } from '../../node/host/event-log.ts';
import type { HttpServer } from '../../node/host/http-server.ts';
import { reject } from '../../node/types/rejection.ts';

const TOKEN = 'a-token-of-the-test';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

let server: HttpServer;
let events: EventLog;
let asks: AdminAsk[] = [];

beforeEach(async () => {
  asks = [];
  events = createEventLog(1, { entriesMax: 4, lengthMax: 10_000 });
  server = await startAdminServer(
    { host: '127.0.0.1', port: 0, token: TOKEN },
    {
      events,
      ask: async (ask) => {
        asks.push(ask);
        return ask.kind === 'discard' ? reject('ask-not-a-signer', 'not a signer') : { kind: 'accepted' };
      },
      rpc: async (body) => (body.length === 0 ? null : body.toReversed()),
      status: async () => ({ name: 'n1' }),
      failed: () => undefined,
    },
  );
});
afterEach(() => server.close());

const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
const note = (message: string) =>
  events.append({ kind: 'host', atMs: 5, text: JSON.stringify({ kind: 'host', message }) });

async function* lines(path: string): AsyncGenerator<{ seq: number; atMs: number; event: { message: string } }> {
  const response = await fetch(at(path), { headers: AUTHORIZED });
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) yield JSON.parse(line);
  }
}

describe("the operator's server", () => {
  it.each([
    {},
    { authorization: 'Bearer wrong' },
    { authorization: TOKEN },
  ])('refuses whoever has no token (%#)', async (headers) => {
    for (const path of ['/events', '/status', '/ask', '/rpc'])
      expect((await fetch(at(path), { headers })).status).toBe(401);
  });

  it('streams what is kept after a number, then what happens', async () => {
    note('one');
    note('two');
    const stream = lines('/events?since=1');
    expect((await stream.next()).value).toEqual({ seq: 2, atMs: 5, event: { kind: 'host', message: 'two' } });
    const next = stream.next();
    note('three');
    expect((await next).value).toMatchObject({ seq: 3, event: { message: 'three' } });
    await stream.return(undefined);
  });

  it('begins with the first one kept where older ones are gone, or the number is of another life', async () => {
    for (const message of ['1', '2', '3', '4', '5', '6']) note(message);
    for (const path of ['/events', '/events?since=1', '/events?since=99']) {
      const stream = lines(path);
      expect((await stream.next()).value).toMatchObject({ seq: 3, event: { message: '3' } });
      await stream.return(undefined);
    }
    expect((await fetch(at('/events?since=x'), { headers: AUTHORIZED })).status).toBe(400);
  });

  it('orders the core and tells what it answered', async () => {
    const order = (body: unknown) =>
      fetch(at('/ask'), { method: 'POST', headers: AUTHORIZED, body: JSON.stringify(body) });
    const candidate = `0x${'AB'.repeat(20)}`;
    const accepted = await order({ kind: 'propose', proposal: { candidate, authorize: true } });
    expect([accepted.status, await accepted.json()]).toEqual([200, { kind: 'accepted' }]);
    expect(asks).toEqual([{ kind: 'propose', proposal: { candidate: candidate.toLowerCase(), authorize: true } }]);
    const refused = await order({ kind: 'discard', candidate });
    expect([refused.status, await refused.json()]).toMatchObject([422, { code: 'ask-not-a-signer' }]);
    for (const body of [
      { kind: 'submit-transaction' },
      { kind: 'set-sealing' },
      { kind: 'discard', candidate: '0x1' },
      5,
    ]) {
      expect((await order(body)).status).toBe(400);
    }
  });

  it('hands JSON-RPC bodies to the core, whole', async () => {
    const post = (body: string) => fetch(at('/rpc'), { method: 'POST', headers: AUTHORIZED, body });
    const answered = await post('abc');
    expect([answered.status, await answered.text()]).toEqual([200, 'cba']);
    expect((await post('')).status).toBe(204);
    expect((await post('x'.repeat(1024 * 1024 + 1))).status).toBe(413);
  });

  it('tells its status and nothing else', async () => {
    expect(await (await fetch(at('/status'), { headers: AUTHORIZED })).json()).toEqual({ name: 'n1' });
    expect((await fetch(at('/other'), { headers: AUTHORIZED })).status).toBe(404);
  });
});

describe('the event log', () => {
  it('keeps at least the last event, however long', () => {
    const log = createEventLog(1, { entriesMax: 10, lengthMax: 10 });
    log.append({ kind: 'host', atMs: 1, text: '"a long event"' });
    log.append({ kind: 'host', atMs: 1, text: '"another one"' });
    expect(log.after(0)?.seq).toBe(2);
    expect(log.after(2)).toBeNull();
    expect(log.counts().get('host')).toBe(2);
  });

  it('numbers a later life above an earlier one', () => {
    const earlier = createEventLog(firstSeqAt(1_000_000));
    earlier.append({ kind: 'host', atMs: 1, text: '1' });
    expect(earlier.last()).toBeLessThan(firstSeqAt(1_000_001));
    expect(Number.isSafeInteger(firstSeqAt(Date.UTC(2100, 0)))).toBe(true);
  });
});

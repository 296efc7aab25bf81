// npm's thrift, as server and as client of interop.thrift.
//
//     peer.js server                   prints "listen NAME PORT TRANSPORT..." for each server and "ready"; ends when its
//                                      input ends
//     peer.js client ADDR TRANSPORT... makes all calls over each transport; prints "pass|fail|skip TRANSPORT CASE [WHY]"
//
// A transport is unframed or framed, then binary, compact or json: framed-compact. Behind it there may be "+multiplexed", and
// in what the server prints what it cannot do: "+no-flags" (see sample()), "+no-negative", "+no-pairs". THeader is for the server:
// the generated client flushes below the protocol that would write the header. Generated code is in ./gen.
"use strict";

const assert = require("assert");
const thrift = require("thrift");
const Interop = require("./gen/Interop");
const Next = require("./gen/Next");
const { Color, Everything, Point, Refused } = require("./gen/interop_types");

const PROTOCOLS = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
};
const TRANSPORTS = { unframed: thrift.TBufferedTransport, framed: thrift.TFramedTransport };

// Handlers answer at once, by callbacks: what this library answers later to a THeader request has no header.
function handler() {
  let notes = 0;
  return {
    ping: (done) => done(null),
    echo: (value, done) => done(null, value),
    join: (first, second, third, fourth, fifth, done) =>
      done(null, `${first}/${second}/${third[0]}+${third[1]}/${fourth.x},${fourth.y}/${fifth.k}`),
    divide: (dividend, divisor, done) => {
      if (Number(divisor) === 0) {
        done(new Refused({ code: 1, reason: "division by zero", hints: ["try 1"] }));
      } else {
        done(null, Math.trunc(Number(dividend) / Number(divisor)));
      }
    },
    fail: (text, done) => done(new Error(text)),
    note: () => {
      notes += 1;
    },
    notes: (done) => done(null, notes),
    business: (text, done) => done(null, text),
    meta: (name, done) => done(null, ""),
    wait: (milliseconds, done) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
      done(null, milliseconds);
    },
    stop: () => {},
  };
}

function start(name, transports, protocol, rows, multiplexed) {
  const processor = new Interop.Processor(handler());
  const options = { transport: transports, protocol };
  let server;
  if (multiplexed) {
    const all = new thrift.MultiplexedProcessor();
    all.registerProcessor("Interop", processor);
    server = thrift.createMultiplexServer(all, options);
  } else {
    server = thrift.createMultiplexServer(processor, options);
  }
  server.on("error", (error) => console.error(name, error.message));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      console.log(["listen", name, server.address().port, ...rows].join(" "));
      resolve();
    });
  });
}

async function serve() {
  for (const [coding, protocol] of Object.entries(PROTOCOLS)) {
    for (const [layer, transport] of Object.entries(TRANSPORTS)) {
      const name = `${layer}-${coding}`;
      // JSON: negative integers of 64 bits that come from the wire are written as "-006400000000", which is no number.
      const row = { compact: `${name}+no-flags`, json: `${name}+no-negative` }[coding] || name;
      await start(name, transport, protocol, [row], false);
      await start(`${name}-multiplexed`, transport, protocol, [`${row}+multiplexed`], true);
    }
  }
  await start("theader", thrift.TBufferedTransport, thrift.THeaderProtocol,
    ["theader-binary+no-pairs", "theader-compact+no-flags+no-pairs", "unframed-binary", "unframed-compact+no-flags"], false);
  console.log("ready");
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
}

// `flags`: a list of truth values, which this library's Compact neither reads nor writes as others do (all become false).
function sample(text, flags) {
  const end = new Point({ x: 3, y: -4, label: "end" });
  const plain = new Point({ x: 1, y: 2 });
  return new Everything({
    flag: true, tiny: -8, small: -1600, medium: 320000, large: -6400000000, ratio: 0.1,
    text, blob: Buffer.from([0, 1, 0xfe, 0xff]), color: Color.GREEN, point: end, points: [plain, end],
    counts: { one: 1 }, numbers: [7], flags, nested: { 2: [plain] },
  });
}

// Integers of 64 bits are objects, and text or bytes are one or the other: values are compared as JSON.
function equal(got, want) {
  const plain = (value) => JSON.stringify(value, (key, inner) => {
    if (inner !== null && typeof inner === "object" && inner.buffer !== undefined && inner.offset !== undefined && inner.toNumber) {
      return inner.toNumber();
    }
    if (key === "blob") {
      return Buffer.from(inner.data || inner, "binary").toString("hex");
    }
    return inner;
  });
  assert.strictEqual(plain(got).slice(0, 400000), plain(want).slice(0, 400000));
}

class Row {
  constructor(name) {
    this.name = name;
    this.failures = 0;
  }

  async check(name, test) {
    try {
      await Promise.race([test(), new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("no answer within five seconds")), 5000).unref();
      })]);
      console.log("pass", this.name, name);
      return true;
    } catch (problem) {
      this.failures += 1;
      console.log("fail", this.name, name, String(problem.message).slice(0, 300).replace(/\n/g, " "));
      return false;
    }
  }

  async call(address) {
    const [kind, option] = this.name.split("+");
    const [layer, coding] = kind.split("-");
    const [host, port] = address.split(":");
    const connection = thrift.createConnection(host, Number(port), {
      transport: TRANSPORTS[layer],
      protocol: PROTOCOLS[coding],
    });
    const broken = new Promise((resolve, reject) => connection.on("error", reject));
    broken.catch(() => {});
    const named = option === "multiplexed";
    const client = named ? new thrift.Multiplexer().createClient("Interop", Interop, connection)
      : thrift.createClient(Interop, connection);
    const flags = coding === "compact" ? [] : [true, false, true];
    const limited = (call) => Promise.race([call, broken]);
    if (!await this.check("ping", () => limited(client.ping()))) {
      connection.end();
      return;
    }
    await this.check("echo", async () => {
      const value = sample("h\u00e9llo \u2603 \"q\"", flags);
      equal(await limited(client.echo(value)), value);
    });
    await this.check("large", async () => {
      const large = sample("x".repeat(300000), flags);
      equal(await limited(client.echo(large)), large);
    });
    await this.check("join", async () => equal(
      await limited(client.join(-5, "two", [3, 4], new Point({ x: 6, y: 7 }), { k: 8 })), "-5/two/3+4/6,7/8"));
    await this.check("divide", async () => equal(await limited(client.divide(7, 2)), 3));
    await this.check("exception", async () => {
      const refused = await limited(client.divide(1, 0)).then(() => null, (error) => error);
      assert(refused instanceof Refused, `no Refused but ${refused}`);
      assert.deepStrictEqual([refused.code, refused.reason, refused.hints], [1, "division by zero", ["try 1"]]);
    });
    // Some servers say 6 (an internal error), others 0.
    await this.check("error", async () => {
      const error = await limited(client.fail("told to fail")).then(() => null, (problem) => problem);
      assert(error && [0, 6].includes(error.type), `no exception of the peer but ${error}`);
    });
    await this.check("oneway", async () => {
      const before = Number(await limited(client.notes()));
      client.note("a");
      client.note("b");
      equal(Number(await limited(client.notes())), before + 2);
    });
    await this.check("wait", async () => equal(await limited(client.wait(1)), 1));
    await this.check("after", () => limited(client.ping()));
    connection.end();
    if (!named) {
      // A client reads its own replies only, and a simple server has one connection at a time. npm's server says 0.
      await this.check("unknown", async () => {
        const error = await this.unheard(address, layer, coding);
        assert(error && [0, 1].includes(error.type), `no exception of the peer but ${error}`);
      });
    }
  }

  async unheard(address, layer, coding) {
    const [host, port] = address.split(":");
    const connection = thrift.createConnection(host, Number(port), {
      transport: TRANSPORTS[layer],
      protocol: PROTOCOLS[coding],
    });
    connection.on("error", () => {});
    const client = thrift.createClient(Next, connection);
    const error = await client.unheard("x").then(() => null, (problem) => problem);
    connection.end();
    return error;
  }
}

async function main(given) {
  if (given.length === 1 && given[0] === "server") {
    return serve();
  }
  if (given.length > 2 && given[0] === "client") {
    let failures = 0;
    for (const name of given.slice(2)) {
      const row = new Row(name);
      await row.call(given[1]);
      failures += row.failures;
    }
    process.exit(failures > 0 ? 1 : 0);
  }
  console.error("usage: peer.js server | peer.js client ADDR TRANSPORT...");
  process.exit(2);
}

main(process.argv.slice(2));

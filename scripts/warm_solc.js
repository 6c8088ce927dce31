#!/usr/bin/env node
// The compiler kept in memory for scripts/mutate.py: fresh from disk it takes three times as long. `warm_solc.js serve` listens on
// the socket $WARM_SOLC; as Forge's compiler this file passes questions on to it.
const fs = require("fs");
const net = require("net");

function answer(question) {
  const solc = require("solc");
  if (!question) return `solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`;
  try {
    return solc.compile(question);
  } catch (error) {
    return JSON.stringify({ errors: [{ type: "Exception", severity: "error", message: String(error), formattedMessage: String(error) }] });
  }
}

function serve(client) {
  const parts = [];
  client.on("data", (part) => parts.push(part));
  client.on("end", () => client.end(answer(Buffer.concat(parts).toString())));
}

if (process.argv[2] === "serve") {
  net.createServer({ allowHalfOpen: true }, serve).listen(process.env.WARM_SOLC);
  process.stdin.on("end", () => process.exit()).resume(); // when who started it has gone
} else {
  const server = net.connect({ path: process.env.WARM_SOLC, allowHalfOpen: true });
  server.pipe(process.stdout);
  server.end(process.argv.includes("--standard-json") ? fs.readFileSync(0) : "");
}

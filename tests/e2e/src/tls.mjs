// Ends TLS on a port of 127.0.0.1 that is free, with a certificate made up for the occasion, and passes everything on to
// another port there. Usage: node tls.mjs PORT. Prints `ready PORT` with its own.
import { generateKeyPairSync, sign } from "node:crypto";
import { connect } from "node:net";
import { createServer } from "node:tls";

// Certificates are nested values: a tag, a length, and what is in it (X.690).
const der = (tag, ...parts) => {
  const content = Buffer.concat(parts);
  const digits = content.length < 256 ? [content.length] : [content.length >> 8, content.length & 255];
  const length = content.length < 128 ? digits : [0x80 + digits.length, ...digits];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts) => der(0x30, ...parts);
const bytes = (hex) => Buffer.from(hex, "hex");

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const algorithm = sequence(der(0x06, bytes("2a8648ce3d040302"))); // ECDSA with SHA-256
const name = sequence(der(0x31, sequence(der(0x06, bytes("550403")), der(0x0c, Buffer.from("a test")))));
const time = (year) => der(0x17, Buffer.from(`${year}0101000000Z`));
const body = sequence(
  der(0xa0, der(0x02, bytes("02"))), // version 3
  der(0x02, bytes("01")),
  algorithm,
  name,
  sequence(time(20), time(49)),
  name,
  publicKey.export({ type: "spki", format: "der" }),
);
const signature = der(0x03, bytes("00"), sign("sha256", body, privateKey));
const certificate = sequence(body, algorithm, signature).toString("base64");

const server = createServer(
  {
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  },
  (inside) => {
    const outside = connect(Number(process.argv[2]), "127.0.0.1");
    inside.pipe(outside).pipe(inside);
    // Whichever side goes, the other one goes too.
    for (const [one, other] of [[inside, outside], [outside, inside]]) one.on("error", () => other.destroy());
  },
);
server.listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));

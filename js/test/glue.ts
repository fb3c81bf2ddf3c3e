// Stands in the place of wasm-bindgen's glue: a little core that keeps to the protocol of src/browser/. It queues what it is
// given for every destination, sends at once what is urgent and the rest when it is told to, and lets go of what is
// acknowledged. It knows no vocabulary: a name that begins with "bad" is invalid, "scview" has a problem, and
// an order is told by its id, not by a hash.

const [FILE, GROUP, RECORD, UNIT] = ["\x1c", "\x1d", "\x1e", "\x1f"] as const;
const WAIT_MS = 2000;
const RETRY_MS = 1000;

export const VERBS = ["start", "track", "adopt", "adopt stored", "answered", "tick", "flush", "leave"] as const;
export type Verb = (typeof VERBS)[number];

/** What waits for a destination. */
interface Entry {
  key: string;
  stream: string;
  seq: string;
  /** The call's snapshot. */
  text: string;
  /** How it travels: as a hit, raw, or as the report of a loss. */
  form: "hit" | "raw" | "lost";
  flight: number;
}

interface Line {
  name: string;
  url: string;
  entries: Map<string, Entry>;
  hurry: boolean;
}

class Client {
  site: string;
  stream: string;
  lines: Line[];
  flights = 0;
  asked: string[] = [];

  constructor(text: string) {
    const [head, ...destinations] = text.split(RECORD);
    [, this.stream, this.site] = head!.split(UNIT) as [string, string, string];
    this.lines = destinations.map((record) => {
      const [name, url] = record.split(UNIT) as [string, string];
      // Adobe's have no format here: a place, and the numbers of hits.
      return { name, url: name.startsWith("adobe-analytics") ? url + "/b/ss" : url, entries: new Map(), hurry: false };
    });
  }

  ask(kind: string, ...parts: unknown[]): void {
    this.asked.push(kind + parts.join(UNIT) + FILE);
  }

  /** A call of the page: judged, told about and queued. */
  track(text: string, orders: string[]): void {
    const [head, ...fields] = text.split(RECORD) as [string, ...string[]];
    const [, stream, seq, , , name, lost] = head.split(UNIT) as string[];
    const order = fields.find((field) => field.startsWith("orderId"))?.split(UNIT)[1]!.slice(1);
    const known = order && orders.includes(order);
    const reason = lost || (name!.startsWith("bad") ? "invalid" : known ? "duplicate_purchase" : "");
    if (order && !known) this.ask("o", order, stream + "-" + seq);
    this.ask("n", "r", seq, reason + (name === "scview" ? RECORD + ["unknown_event", name].join(UNIT) : ""));
    this.queue(stream!, seq!, text, reason ? "lost" : "hit", true, /^(purchase|scCheckout)$/.test(name!));
  }

  /** Rows of the store, or of journals, which the store does not have. */
  adopt(row: string, stored: boolean): void {
    const raw = row.startsWith("w");
    const [head, ...rest] = row.slice(raw ? 1 : 0).split(RECORD);
    const [version, ...parts] = head!.split(UNIT) as string[];
    if (version === "c1") {
      this.queue(parts[0]!, parts[1]!, raw ? row.slice(1) : row, raw ? "raw" : "hit", true, true);
      if (stored) this.ask("-", "*|" + parts[0] + "|" + parts[1]);
    } else if (version === "r1") {
      const line = this.lines.find(({ name }) => name === parts[0]);
      if (line) this.queue(parts[1]!, parts[2]!, rest.join(RECORD), parts[3] as Entry["form"], !stored, true, line);
    }
  }

  queue(stream: string, seq: string, text: string, form: Entry["form"], put: boolean, hurry: boolean, only?: Line): void {
    for (const line of only ? [only] : this.lines) {
      const key = [line.name, stream, seq].join("|");
      if (line.entries.has(key)) continue;
      line.entries.set(key, { key, stream, seq, text, form, flight: 0 });
      line.hurry ||= hurry;
      if (put) this.ask("+", key, ["r1", line.name, stream, seq, form].join(UNIT) + RECORD + text);
    }
  }

  /** One flight a destination: raw calls by themselves, as they are. */
  send(line: Line, budget = Infinity): number {
    const waiting = [...line.entries.values()].filter((entry) => !entry.flight);
    const batch = waiting.filter((entry) => (entry.form === "raw") === (waiting[0]!.form === "raw")).slice(0, 20);
    if (!batch.length || (budget === Infinity && waiting.length < line.entries.size)) return 0;
    const flight = ++this.flights;
    const id = line.name + "-" + flight;
    const [place, body] = batch[0]!.form === "raw"
      ? ["/v1/raw", [["r1", this.site, id, 1, 0].join(UNIT), ...batch.map(({ text }) => text)].join(GROUP)]
      : line.name.startsWith("adobe-analytics") ? ["/x?" + flight, ""]
      : [line.name.startsWith("adobe-edge") ? "/v1/collect?" + flight : "/v1/batch", JSON.stringify({ batch: id, hits: batch.map(({ stream, seq, text }) => [stream + ":" + seq, text]) })];
    if (body.length > budget) return 0;
    for (const entry of batch) entry.flight = flight;
    this.ask("s", flight, line.url + place, body);
    return body.length;
  }

  answered(text: string, flight: number): void {
    const [status, , ...body] = text.split(UNIT);
    for (const line of this.lines) {
      const sent = [...line.entries.values()].filter((entry) => entry.flight === flight);
      if (!sent.length) continue;
      const acknowledged = /^adobe/.test(line.name) ? /^2/.test(status!) : status === "200" && body.join(UNIT).includes(`"batch":"${line.name}-${flight}"`);
      for (const entry of sent) {
        entry.flight = 0;
        if (!acknowledged && status !== "400") continue;
        line.entries.delete(entry.key);
        this.ask("-", entry.key);
        if (status === "400") this.ask("n", "d", line.name, entry.stream, entry.seq, "rejected");
      }
      // A report is acknowledged like a hit, and counted as what it reports.
      const hits = sent.filter(({ form }) => form !== "lost");
      const own = hits.filter(({ stream }) => stream === this.stream).length;
      if (acknowledged) this.ask("n", "a", line.name, line.name + "-" + flight, own, hits.length - own);
      else line.hurry = false;
    }
  }

  pump(now: number): void {
    for (const line of this.lines) if (line.hurry) this.send(line);
    const waits = this.lines.some((line) => [...line.entries.values()].some((entry) => !entry.flight));
    this.ask("t", waits ? now + (this.lines.some((line) => line.hurry) ? RETRY_MS : WAIT_MS) : "");
  }

  enter(verb: Verb, text: string, number: number, now: number): string {
    const each = text ? text.split(GROUP) : [];
    // Orders that the browser has counted come first.
    if (verb === "track") each.slice(1).forEach((snapshot) => this.track(snapshot, each[0]!.split(" ")));
    if (verb === "adopt" || verb === "adopt stored") each.forEach((row) => this.adopt(row, verb === "adopt stored"));
    if (verb === "answered") this.answered(text, number);
    if (verb === "tick" || verb === "flush") for (const line of this.lines) line.hurry = true;
    if (verb === "leave") for (const line of this.lines) for (let sent; (sent = this.send(line, number)); ) number -= sent;
    else this.pump(now);
    return this.asked.splice(0).join("");
  }
}

/** What a test may see of the core and do to it. */
export const glue = {
  /** How often an instance was made. */
  instances: 0,
  entered: [] as [verb: Verb, text: string, number: number][],
  /** Whether the core traps on this. */
  traps: (_verb: Verb, _text: string): boolean => false,
};

export function instantiate(module: unknown): (verb: number, text: string, number: number, now: number) => string {
  if (!(module instanceof WebAssembly.Module)) throw new TypeError("not a module");
  glue.instances++;
  let client: Client | undefined;
  let dead = false;
  return (verb, text, number, now) => {
    const word = VERBS[verb]!;
    glue.entered.push([word, text, number]);
    // An instance that trapped once traps for good.
    if (dead || (dead = glue.traps(word, text))) throw new WebAssembly.RuntimeError("unreachable");
    client ||= new Client(text);
    return client.enter(word, text, number, now);
  };
}

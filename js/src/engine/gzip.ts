// Compression of large batches. Loaded with the first of them, which goes as it is: most pages send none.

/** A body that says that it is text, as a request without a preflight does: the collector knows gzip by its first two bytes. */
const gzip = async (body: string): Promise<Blob> =>
  new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip")), { headers: { "content-type": "text/plain" } }).blob();

/** Sends a body compressed; as it is, where the browser cannot compress, and at once if the page leaves meanwhile. */
export function pack(body: string, send: (body: string | Blob) => void): void {
  const over = new AbortController();
  const once = (packed: string | Blob): void => {
    if (over.signal.aborted) return;
    over.abort();
    send(packed);
  };
  const plain = (): void => once(body);
  // Before the tracker's own listeners, which divide what the quota has left.
  for (const name of ["pagehide", "visibilitychange"]) addEventListener(name, plain, { capture: true, signal: over.signal });
  gzip(body).then(once, plain);
}

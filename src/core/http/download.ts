/**
 * `{"exportedAt":…,"<name>":[…],…}` written row by row, so that an export of any size takes little memory.
 * Dates are ISO 8601.
 */
export async function* exportJson(
  exportedAt: Date,
  parts: AsyncIterable<{ name: string; rows: AsyncIterable<unknown> }>,
): AsyncGenerator<string> {
  yield `{"exportedAt":${JSON.stringify(exportedAt)}`;
  for await (const { name, rows } of parts) {
    yield `,\n${JSON.stringify(name)}:[`;
    let first = true;
    for await (const row of rows) {
      yield `${first ? '\n' : ',\n'}${JSON.stringify(row)}`;
      first = false;
    }
    yield ']';
  }
  yield '}\n';
}

/** A generator as a response body; stops asking when the reader leaves. */
function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

function download(chunks: AsyncGenerator<Uint8Array>, filename: string, type: string): Response {
  return new Response(streamOf(chunks), {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${filename}"` },
  });
}

/** @param filename plain ASCII */
export function zipDownload(chunks: AsyncGenerator<Uint8Array>, filename: string): Response {
  return download(chunks, filename, 'application/zip');
}

/** CSV text as a file; the byte order mark tells spreadsheets that it is UTF-8. @param filename plain ASCII */
export function csvDownload(chunks: AsyncGenerator<string>, filename: string): Response {
  const encoder = new TextEncoder();
  async function* marked(): AsyncGenerator<Uint8Array> {
    yield encoder.encode('\uFEFF');
    for await (const chunk of chunks) yield encoder.encode(chunk);
  }
  return download(marked(), filename, 'text/csv; charset=utf-8');
}

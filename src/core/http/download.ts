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

/** Text as a streamed response body; stops asking when the reader leaves. */
function textStream(chunks: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

function download(chunks: AsyncGenerator<string>, filename: string, type: string): Response {
  return new Response(textStream(chunks), {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${filename}"` },
  });
}

/** JSON text as a file. @param filename plain ASCII */
export function jsonDownload(chunks: AsyncGenerator<string>, filename: string): Response {
  return download(chunks, filename, 'application/json; charset=utf-8');
}

/** CSV text as a file; the byte order mark tells spreadsheets that it is UTF-8. @param filename plain ASCII */
export function csvDownload(chunks: AsyncGenerator<string>, filename: string): Response {
  async function* marked(): AsyncGenerator<string> {
    yield '\uFEFF';
    yield* chunks;
  }
  return download(marked(), filename, 'text/csv; charset=utf-8');
}

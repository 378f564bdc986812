/**
 * What a document is called where it is shown: the post's own title, else the words given to the file, else what the document
 * calls itself, else its name without the extension. The same in the preview and on the network.
 */
export function documentTitle(
  media: { altText?: string | undefined; title?: string | undefined; filename?: string | undefined },
  postTitle?: string,
): string {
  const filename = media.filename?.replace(/\.[^.]{1,5}$/, '');
  const words = [postTitle, media.altText, media.title, filename].map((text) => text?.trim());
  return words.find((text) => text) ?? 'Document';
}

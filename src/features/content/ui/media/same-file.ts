import type { UploadState } from '../../media-upload-schema';

/** An unfinished upload of this very file, by what tells a file: its name, length and time stamp. */
export function sameFile(
  upload: Pick<UploadState, 'filename' | 'length' | 'lastModified'>,
  file: Pick<File, 'name' | 'size' | 'lastModified'>,
): boolean {
  return (
    upload.filename === file.name && upload.length === file.size && upload.lastModified === file.lastModified
  );
}

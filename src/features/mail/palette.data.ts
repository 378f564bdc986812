/**
 * Colours of mails: those of the theme, written out, because mail programs know no variables. A test compares them with
 * `app/globals.css`.
 */
export const MAIL_COLOURS = {
  background: { light: '#fafafd', dark: '#0d0d16' },
  surface: { light: '#ffffff', dark: '#161620' },
  ink: { light: '#191928', dark: '#eeeef4' },
  muted: { light: '#616271', dark: '#a3a3b1' },
  line: { light: '#e0e0e8', dark: '#2d2d38' },
  iris: { light: '#5f42d3', dark: '#9085fb' },
  'on-iris': { light: '#ffffff', dark: '#0d0d16' },
  'iris-text': { light: '#5234bc', dark: '#afabff' },
  danger: { light: '#c21725', dark: '#f97770' },
} as const;

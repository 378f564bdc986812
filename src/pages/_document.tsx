import Document, {
  type DocumentContext,
  type DocumentInitialProps,
  Head,
  Html,
  Main,
  NextScript,
} from 'next/document';
import type { PublicPageProps } from '@/i18n/public-page';

type NonceProps = { nonce?: string | undefined };

/** The document of the public pages: language, chosen theme and fonts, as in the app's own root layout. */
export default class PublicDocument extends Document<NonceProps> {
  static override async getInitialProps(
    context: DocumentContext,
  ): Promise<DocumentInitialProps & NonceProps> {
    const nonce = context.req?.headers['x-nonce'];
    // Needed in development only, where these pages do carry scripts (error overlay, hot reloading).
    return {
      ...(await Document.getInitialProps(context)),
      nonce: typeof nonce === 'string' ? nonce : undefined,
    };
  }

  override render() {
    const props: Partial<PublicPageProps> | undefined = this.props.__NEXT_DATA__.props.pageProps;
    const nonceOnly = this.props.nonce ? { nonce: this.props.nonce } : {};
    return (
      <Html lang={props?.locale ?? 'en'} data-theme={props?.theme ?? undefined} className={props?.fonts}>
        <Head {...nonceOnly}>
          <link rel="icon" href="/icon.svg" type="image/svg+xml" />
          <link rel="apple-touch-icon" href="/apple-icon" />
          <link rel="manifest" href="/manifest.webmanifest" />
          <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fafafd" />
          <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0d0d16" />
        </Head>
        <body>
          <Main />
          <NextScript {...nonceOnly} />
        </body>
      </Html>
    );
  }
}

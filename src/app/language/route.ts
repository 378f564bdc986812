import { type NextRequest, NextResponse } from 'next/server';
import { isLocale, PREFERENCE_COOKIES } from '@/i18n/locale';

const YEAR_SECONDS = 31_536_000;

/** The page the form was on; anything that is not a page of ours leads to the start page. */
function back(request: NextRequest): string {
  const referer = request.headers.get('referer');
  if (!referer || !URL.canParse(referer)) return '/';
  const { host, pathname } = new URL(referer);
  return host === request.headers.get('host') && !pathname.startsWith('//') ? pathname : '/';
}

/** Remembers the language a visitor chose in a plain form and leads back. Anything that is no language changes nothing. */
export async function POST(request: NextRequest): Promise<NextResponse> {
  const locale = (await request.formData()).get('locale');
  const response = new NextResponse(null, { status: 303, headers: { location: back(request) } });
  if (typeof locale === 'string' && isLocale(locale)) {
    response.cookies.set(PREFERENCE_COOKIES.locale, locale, {
      path: '/',
      maxAge: YEAR_SECONDS,
      sameSite: 'lax',
    });
  }
  return response;
}

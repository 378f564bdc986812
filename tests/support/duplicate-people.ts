/** People as two CRMs have them: the same person twice, and people who only look alike. The same seed gives the same people. */

export interface LabelledPerson {
  id: string;
  /** Equal for records of one person. */
  personId: number;
  fields: Record<string, string>;
}

export interface LabelledPair {
  kind: string;
  same: boolean;
  left: LabelledPerson;
  right: LabelledPerson;
}

const FIRST =
  'Anna Hanna Peter Paul Maria Marina Jan Jana Lena Lea Robert William Elizabeth Margaret James John Michael Edward Charles Katherine Susanne Thomas Joseph Stephen Daniel Matthew Patricia Jennifer Christopher Alexander Henry Benjamin Samuel José Zoë Björn Jürgen Søren Chloé André René Łukasz Małgorzata Giulia Matteo Francesca Lorenzo Olga Dmitri Yuki Haruto Mei Wei Priya Arjun Fatima Omar Aisha Kwame Ngozi Ingrid Lars Sofia Diego Camila Mateo Valentina Noah Emma Oliver Charlotte Amelia Lucas Mia Felix Clara Theo Ida'.split(
    ' ',
  );
const LAST =
  'Meyer Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Maier Huber Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Green Baker Adams Nelson García Martínez López Hernández Muñoz Peña Rossi Ferrari Esposito Bianchi Romano Dubois Lefèvre Bérard Moreau Laurent Nowak Kowalski Wiśniewski Novák Horváth Nagy Sørensen Nielsen Lindström Bergström Virtanen Ivanov Petrov Tanaka Suzuki Nakamura Chen Zhang Nguyen Tran Patel Singh Okafor Mensah Haddad Rahman'.split(
    ' ',
  );
const TRADE =
  'Robotics Foods Logistics Optics Systems Energy Media Textiles Design Capital Health Tools'.split(' ');
const PLACE =
  'Fernhill Oakdale Nordwind Sonnberg Riverside Bluestone Kestrel Larkfield Moorland Seegarten Altmark Quarry Tidewater Juniper Marlow Hazel Birken Falken Stern Ridge Copper Amber Cedar Willow'.split(
    ' ',
  );
const FREE = ['gmail.com', 'gmx.de', 'outlook.com', 'yahoo.com', 'web.de'];

interface Company {
  name: string;
  domain: string;
  phone: string;
}

type Random = () => number;

/** Mulberry32. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const plain = (text: string) =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('Ł', 'L')
    .toLowerCase();

export function labelledPairs(seed: number, many: number): LabelledPair[] {
  const random = randomFrom(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const one = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;
  const chance = (share: number) => random() < share;
  let people = 0;
  let records = 0;
  const number = () => `+49${one(['30', '40', '89', '69'])}${String(1_000_000 + upTo(8_999_999))}`;
  const companies: Company[] = Array.from({ length: 300 }, (_, at) => {
    const name = `${PLACE[at % PLACE.length]} ${one(TRADE)}`;
    return { name, domain: `${plain(name).replaceAll(' ', '-')}${at}.de`, phone: number() };
  });

  const person = (own: Partial<Record<string, string>> = {}, company = one(companies)) => {
    const firstName = own.firstName ?? one(FIRST);
    const lastName = own.lastName ?? one(LAST);
    const local = `${plain(firstName)}.${plain(lastName)}`.replaceAll(/[^a-z.]/g, '');
    const email = chance(0.75) ? `${local}@${company.domain}` : `${local}${upTo(90)}@${one(FREE)}`;
    const fields: Record<string, string> = { firstName, lastName, email, phone: number(), ...own };
    if (chance(0.8)) fields.companyName = company.name;
    return fields;
  };
  const record = (fields: Record<string, string>, personId: number): LabelledPerson => {
    records += 1;
    const known = Object.entries(fields).filter(([, value]) => value !== '');
    const id = `${String(upTo(1_000_000)).padStart(6, '0')}-${records}`;
    return { id, personId, fields: Object.fromEntries(known) };
  };
  const typo = (word: string) => {
    const at = 1 + upTo(Math.max(1, word.length - 2));
    const kind = upTo(3);
    if (kind === 0) return word.slice(0, at) + word.slice(at + 1);
    if (kind === 1) return `${word.slice(0, at)}${word[at + 1] ?? 'e'}${word[at] ?? ''}${word.slice(at + 2)}`;
    return word.slice(0, at) + one([...'aeioustrn']) + word.slice(at);
  };

  const again: Record<string, (fields: Record<string, string>) => Record<string, string>> = {
    typo: (f) =>
      chance(0.5) ? { ...f, lastName: typo(f.lastName ?? '') } : { ...f, firstName: typo(f.firstName ?? '') },
    typoInAddress: (f) => ({
      ...f,
      email: `${typo((f.email ?? '').split('@')[0] ?? '')}@${(f.email ?? '').split('@')[1]}`,
    }),
    accents: (f) => ({
      ...f,
      firstName: plain(f.firstName ?? ''),
      lastName: plain(f.lastName ?? '').toUpperCase(),
    }),
    swapped: (f) => ({ ...f, firstName: f.lastName ?? '', lastName: f.firstName ?? '' }),
    initial: (f) => ({ ...f, firstName: `${(f.firstName ?? '').slice(0, 1)}.` }),
    shortened: (f) => ({
      ...f,
      firstName: (f.firstName ?? '').slice(0, 4),
      companyName: `${f.companyName ?? ''} GmbH`.trim(),
    }),
    otherAddress: (f) => ({
      ...f,
      email: `${plain(f.lastName ?? '').replaceAll(/[^a-z]/g, '')}${upTo(99)}@${one(FREE)}`,
    }),
    otherPhone: (f) => ({ ...f, phone: number() }),
    sparse: (f) => ({ firstName: f.firstName ?? '', lastName: f.lastName ?? '', email: f.email ?? '' }),
    capitals: (f) => ({ ...f, email: (f.email ?? '').toUpperCase(), companyName: '' }),
  };

  const alike: Record<string, () => [Record<string, string>, Record<string, string>]> = {
    twins: () => {
      const [a, b] = one([
        ['Anna', 'Hanna'],
        ['Jan', 'Jana'],
        ['Maria', 'Marina'],
        ['Lena', 'Lea'],
        ['Paul', 'Peter'],
      ]);
      const company = one(companies);
      const lastName = one(LAST);
      const phone = number();
      return [
        person({ firstName: a ?? '', lastName, phone }, company),
        person({ firstName: b ?? '', lastName, phone }, company),
      ];
    },
    family: () => {
      const shared = { lastName: one(LAST), phone: number() };
      const [a, b] = [person(shared), person(shared)];
      return a.firstName === b.firstName ? [a, { ...b, firstName: `Karl${b.firstName}` }] : [a, b];
    },
    familyWithoutAddresses: () => {
      const shared = { lastName: one(LAST), phone: number(), email: '' };
      return [
        person({ ...shared, firstName: 'Clara' }),
        person({ ...shared, firstName: one(['Felix', 'Theo', 'Ida', 'Lars']) }),
      ];
    },
    colleagues: () => {
      const company = one(companies);
      return [
        person({ phone: company.phone, firstName: 'Emma' }, company),
        person({ phone: company.phone, firstName: one(['Oliver', 'Mia', 'Lucas', 'Amelia']) }, company),
      ];
    },
    roleAddress: () => {
      const company = one(companies);
      const email = `${one(['info', 'sales', 'office', 'kontakt'])}@${company.domain}`;
      return [
        person({ email, phone: company.phone }, company),
        person({ email, phone: company.phone }, company),
      ];
    },
    namesakes: () => {
      const name = { firstName: one(FIRST), lastName: one(LAST) };
      return [
        person(name),
        person({
          ...name,
          email: `${plain(name.lastName).replaceAll(/[^a-z]/g, '')}@${one(companies).domain}`,
        }),
      ];
    },
    namesakesAtWork: () => {
      const company = one(companies);
      const name = { firstName: one(FIRST), lastName: one(LAST), phone: company.phone };
      const first = person(name, company);
      return [
        first,
        person(
          { ...name, email: `${plain(name.lastName).replaceAll(/[^a-z]/g, '')}2@${company.domain}` },
          company,
        ),
      ];
    },
    sharedMailbox: () => {
      const lastName = one(LAST);
      const email = `familie.${plain(lastName).replaceAll(/[^a-z]/g, '')}${upTo(999)}@${one(FREE)}`;
      return [
        person({ lastName, email, firstName: 'Ingrid' }),
        person({ lastName, email, firstName: one(['Henry', 'Omar', 'Felix']) }),
      ];
    },
  };

  return Array.from({ length: many }, (_, at): LabelledPair => {
    if (at % 2 === 0) {
      const kinds = Object.keys(again);
      const kind = kinds[(at / 2) % kinds.length] ?? '';
      people += 1;
      const fields = person(chance(0.15) ? { phone: '' } : {});
      const twice = again[kind]?.(fields) ?? fields;
      return { kind, same: true, left: record(fields, people), right: record(twice, people) };
    }
    const kinds = Object.keys(alike);
    const kind = kinds[((at - 1) / 2) % kinds.length] ?? '';
    const [left, right] = alike[kind]?.() ?? [{}, {}];
    people += 2;
    return { kind, same: false, left: record(left, people - 1), right: record(right, people) };
  });
}

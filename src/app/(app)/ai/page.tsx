import { redirect } from 'next/navigation';

export default function AiPage() {
  redirect('/ai/usage');
}

export default function P() {
  return <main>hi</main>;
}

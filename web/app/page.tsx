export default function Home() {
  return <h1 className="text-display">Models</h1>;
}

import { Home } from "../components/home.tsx";

export default function Page() {
  return <Home />;
}

import Link from "next/link";

import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";

export default function NotFound() {
  return (
    <Empty
      title="There is no such page"
      action={
        <Button asChild weight="filled">
          <Link href="/">See the models</Link>
        </Button>
      }
    >
      The address may be mistyped, or the page has moved.
    </Empty>
  );
}

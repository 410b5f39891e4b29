"use client";

import { Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";

import { Button } from "./button.tsx";

/** Switches between light and dark. The system's choice holds until this is first used. */
export function ThemeToggle() {
  const { resolvedTheme, setTheme } = useTheme();
  const dark = resolvedTheme === "dark";
  const label = dark ? "Use the light theme" : "Use the dark theme";
  return (
    <Button
      weight="quiet"
      size="small"
      aria-label={label}
      title={label}
      className="w-9 px-0"
      onClick={() => {
        setTheme(dark ? "light" : "dark");
      }}
    >
      {dark ? <Sun aria-hidden className="size-4.5" /> : <Moon aria-hidden className="size-4.5" />}
    </Button>
  );
}

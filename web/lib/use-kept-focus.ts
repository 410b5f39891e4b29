"use client";

import { useEffect, useRef, type FocusEvent, type RefObject } from "react";

/** A dialog that closes gives the focus back so much later at most, milliseconds; to nothing, where what opened it is gone. */
const DIALOG_MS = 300;

interface KeptFocus<E extends HTMLElement> {
  readonly ref: RefObject<E | null>;
  readonly tabIndex: -1;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
}

/**
 * Keeps the focus where it was when what had it is replaced, so that the tab key goes on from there and not from the top of the page.
 *
 * @param what changes whenever the content is replaced
 * @returns attributes of the element around it
 */
export function useKeptFocus<E extends HTMLElement>(what: unknown): KeptFocus<E> {
  const ref = useRef<E>(null);
  const within = useRef(false);
  useEffect(() => {
    const keep = (): void => {
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (within.current && lost) ref.current?.focus({ preventScroll: true });
    };
    keep();
    const later = setTimeout(keep, DIALOG_MS);
    return () => {
      clearTimeout(later);
    };
  }, [what]);
  return {
    ref,
    tabIndex: -1,
    onFocus: () => {
      within.current = true;
    },
    onBlur: ({ relatedTarget }) => {
      // Without a target it went because its element did; a dialog gives it back.
      if (relatedTarget === null || relatedTarget.closest('[role="dialog"]')) return;
      within.current = ref.current?.contains(relatedTarget) ?? false;
    },
  };
}

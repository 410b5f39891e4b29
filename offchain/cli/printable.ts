/**
 * Text that others wrote, such as the names of a model's layers, without what could steer a terminal or turn the direction of the text around it: control characters and the
 * bidirectional ones (Unicode 16, table 23-3; CVE-2021-42574) are shown as �.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu, "�");
}

// Texts of the service name calls of the API as next steps. The page has buttons for them, so it leaves them out.
import { dayText, type Language, momentText, monthText } from "../format/format";

const sentencesWithoutCalls = (text: string): string =>
  text
    .replaceAll(/ \(`[^`]*`\)/g, "")
    .split(/(?<=\.)\s+(?=[A-Z])/)
    .filter((sentence) => !sentence.includes("`"))
    .join(" ");

const TIMES = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?Z|\b\d{4}-\d{2}-\d{2}\b|\b\d{4}-(?:0[1-9]|1[0-2])\b(?!-)/g;

/** A text of the service without calls, and with times as the reader writes them. */
export const readable = (text: string, language: Language): string =>
  sentencesWithoutCalls(text).replace(TIMES, (time) => {
    if (time.includes("T")) return momentText(time, language);
    return time.length === "2026-10".length ? monthText(time, language) : dayText(time, language);
  });

/** With a capital letter in front, as a sentence of its own. */
export const asSentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

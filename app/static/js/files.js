/** Files that are too large are told of before they are sent: a large file takes its time, and the answer may be lost. */
import { say } from "./words.js";

const megabytes = (bytes) => Math.ceil((bytes / 1024 / 1024) * 10) / 10;

/** Return what is wrong with the size of the chosen files, "" when nothing is or none can be chosen. */
export function tooLarge(chooser) {
  const files = [...(chooser?.files ?? [])];
  const most = Number(chooser?.dataset.maxFile);
  const large = files.find((file) => file.size > most);
  if (large) return say("fileTooLarge", { file: large.name, size: megabytes(large.size), most: megabytes(most) });
  const all = files.reduce((sum, file) => sum + file.size, 0);
  const mostAtOnce = Number(chooser?.dataset.maxRequest);
  return all > mostAtOnce ? say("filesTooLarge", { size: megabytes(all), most: megabytes(mostAtOnce) }) : "";
}

// Measures feelin on expressions that come as JSON on standard input: [{text, context}, …].
// Its interface takes text each time (there is no parsing once), so parsing is a part of each evaluation.
import { readFileSync } from "node:fs";
import { evaluate } from "feelin";

const measured = JSON.parse(readFileSync(0, "utf-8")).map(({ text, context }) => {
  const seconds = (times) => {
    const begun = process.hrtime.bigint();
    for (let index = 0; index < times; index++) evaluate(text, context);
    return Number(process.hrtime.bigint() - begun) / 1e9;
  };
  const { value } = evaluate(text, context);
  seconds(20);
  const times = Math.max(1, Math.floor(0.05 / seconds(1)));
  let best = Infinity;
  for (let round = 0; round < 5; round++) best = Math.min(best, seconds(times) / times);
  return { value, seconds: best };
});
process.stdout.write(JSON.stringify(measured));

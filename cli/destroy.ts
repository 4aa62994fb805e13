import { runTask } from "./show/task.ts";
import { runVerb } from "./stack/verbs.ts";

/** Removes everything that a stack made: `pulumi destroy`. */
await runTask((args) => runVerb("destroy", args));

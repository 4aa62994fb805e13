import { runTask } from "./show/task.ts";
import { runVerb } from "./stack/verbs.ts";

/** Brings a stack to what its settings declare: `pulumi up`. */
await runTask((args) => runVerb("up", args));

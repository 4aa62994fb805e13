import { runTask } from "./show/task.ts";
import { runVerb } from "./stack/verbs.ts";

/** Takes what is there into a stack's state: `pulumi refresh`. */
await runTask((args) => runVerb("refresh", args));

import { runTask } from "./show/task.ts";
import { runVerb } from "./stack/verbs.ts";

/** Shows what `npm run up` would do: `pulumi preview`. */
await runTask((args) => runVerb("preview", args));

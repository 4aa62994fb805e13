import { confirm } from "../show/task.ts";
import { operate } from "../stack/operate.ts";
import { silenceUnreachable } from "../stack/unreachableMachines.ts";
import { operated, progressOf } from "./ownStack.ts";
import { openedStack, print, type Verb } from "./verb.ts";

/** Removes everything that a stack made, as `pulumi destroy` does. It says what that is, and asks. */
export const stop: Verb = async (call) => {
    if ((await call.door.own?.stop(call)) === true) {
        return;
    }
    const { stack, pulumi } = await openedStack(call);
    const progress = progressOf(call);
    const { project, stack: name } = stack;
    const custom = stack.state.resources.filter((one) => one.custom);
    const nodes = stack.clusters.flatMap((one) => Object.keys(one.nodes));
    progress.line(
        `${project}/${name}: ${custom.length} resources are removed` +
            (nodes.length === 0 ? "." : `, with the nodes ${nodes.join(", ")} and all their data.`),
    );
    if (!call.options.yes) {
        await confirm("Nothing was removed");
    }
    const operation = await operated(stack, pulumi);
    for (const machine of await silenceUnreachable(operation)) {
        progress.line(
            `  ${machine}: its machine does not answer; it is removed without being asked`,
        );
    }
    const { result } = await operate("stop", progress, (options) => operation.destroy(options));
    if (call.options.remove) {
        await operation.workspace.removeStack(operation.name);
    }
    const removed = result.summary.resourceChanges?.delete ?? 0;
    print(call, { project, stack: name, removed }, `Gone, after ${progress.total()}.`);
};

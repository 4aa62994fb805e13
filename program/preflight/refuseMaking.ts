import * as pulumi from "@pulumi/pulumi";
import { scriptCommand } from "../../components/pulumi/scriptCommand.ts";

/** Pulumi's name of the resource by which it shows whether a run makes anything. It is never made. */
const probeName = "hosts-refused";

/**
 * Whether this run makes what is declared and is not there yet. A program is not told: it is run in the same way for an
 * update, and for a removal or refresh with `--run-program`, in which Pulumi makes nothing. So a resource is declared
 * that there never is, and it shows by whether Pulumi is about to make it.
 *
 * @param problem with which that fails, in an update.
 */
async function makesAnything(problem: string): Promise<boolean> {
    let note: (makes: boolean) => void = () => undefined;
    const answered = new Promise<boolean>((resolve) => {
        note = resolve;
    });
    const beforeCreate = new pulumi.ResourceHook(
        probeName,
        () => {
            note(true);
        },
        { onDryRun: true },
    );
    const probe = scriptCommand(
        probeName,
        { up: "program refuse", request: { problem } },
        { hooks: { beforeCreate: [beforeCreate] } },
    );
    probe.urn.apply(() => {
        note(false);
    });
    return answered;
}

/**
 * Refuses to make anything on hosts with these problems. A run that makes nothing is not refused: least of all the
 * removal of what is elsewhere, or was made there before.
 *
 * @param problems a line for each.
 * @param message that of the refusal.
 * @throws pulumi.RunError with the message.
 */
export async function refuseMaking(problems: readonly string[], message: string): Promise<void> {
    if (problems.length === 0) {
        return;
    }
    if (await makesAnything("nothing was made or changed: what is wrong is said beside this")) {
        throw new pulumi.RunError(message);
    }
    for (const problem of problems) {
        void pulumi.log.warn(`${problem} Nothing is made there by this run.`);
    }
}

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as answers from "../../../cli/verbs/answers.ts";
import { commands } from "../../../cli/commands/table.ts";
import { commandTables, shapeOf } from "../../support/pages/commandsPage.ts";
import { expectParts } from "../../support/pages/generatedPart.ts";

const page = fileURLToPath(new URL("../../../docs/commands.md", import.meta.url));

/** What each command prints with `--json`, and each line of it where it prints lines. */
const shapes = {
    status: answers.statusAnswer,
    doctor: answers.doctorAnswer,
    "doctor --hosts": answers.hostsAnswer,
    logs: answers.logAnswer,
    env: answers.envAnswer,
    ui: answers.uiAnswer,
    snapshot: answers.snapshotAnswer,
    restore: answers.restoreAnswer,
    recover: answers.recoverAnswer,
    topology: answers.topologyAnswer,
    stop: answers.stopAnswer,
    import: answers.importAnswer,
    bundle: answers.bundleAnswer,
};

test("docs/commands.md has every command with what it takes, and the shape of every answer", async () => {
    const texts = Object.entries(shapes).map(
        ([name, answer]) => `### ${name} --json\n\n\`\`\`text\n${shapeOf(answer)}\n\`\`\``,
    );
    await expectParts(page, { commands: commandTables(), answers: texts.join("\n\n") });
});

test("every command that prints JSON has a shape for it", () => {
    const printing = commands
        .filter(({ options }) => options.some(({ flags }) => flags === "--json"))
        .map(({ name }) => name);
    // A start ends with what `status` prints.
    expect(printing.filter((name) => name !== "start" && !Object.hasOwn(shapes, name))).toEqual([]);
});

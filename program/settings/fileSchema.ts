import { z } from "zod";
import { modeRule } from "../../components/node/fileProblems.ts";
import { objectRule } from "../../components/node/objectRule.ts";

const textRule = "a text";

const fileShape = {
    content: z
        .string(textRule)
        .exactOptional()
        .describe("Its text. A secret has to be set as one."),
    source: z
        .string("the path of a file")
        .min(1, "the path of a file")
        .exactOptional()
        .describe(
            "A file on this computer that has its text; the path is relative to the project.",
        ),
    mode: z
        .string(modeRule)
        .exactOptional()
        .describe(
            'Its permissions, `"0600"` where none are stated. It belongs to the agent\'s user.',
        ),
    secret: z
        .boolean("true or false")
        .exactOptional()
        .describe("Whether the text of its source is a secret."),
};

/** Files for agents' containers, as the stack file has them. */
export const filesSchema = z.record(
    z.string(),
    z.strictObject(
        fileShape,
        objectRule(
            "a file: content or source, and where needed mode and secret",
            Object.keys(fileShape),
        ),
    ),
    objectRule("a map from paths in the container to files"),
);

/** Files of the settings. */
export type RawFiles = z.infer<typeof filesSchema>;

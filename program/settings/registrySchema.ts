import { z } from "zod";
import { registryAddressProblem } from "../../components/machine/registries.ts";
import { objectRule } from "../../components/node/objectRule.ts";
import { mapOf, textOf } from "./schemaParts.ts";

const address = z.string().superRefine((stated, context) => {
    const message = registryAddressProblem(stated);
    if (message !== undefined) {
        context.addIssue({ code: "custom", message });
    }
});

/** Logins to registries, by the registries' addresses. */
export const registries = z.record(
    address,
    mapOf(
        {
            username: textOf("the name that logs in", /./).describe("Who logs in."),
            password: textOf("a password or an access token, as a string", /./).describe(
                "Password or access token. A secret.",
            ),
        },
        "username and password",
    ),
    objectRule("a map from registries to logins"),
);

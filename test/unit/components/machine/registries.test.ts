import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import {
    registryAddressProblem,
    registryAuth,
    registryProblems,
} from "../../../../components/machine/registries.ts";
import { valueOf } from "../../../support/declare.ts";

const rule =
    "a registry's address as images have it in front of their names, HOST or HOST:PORT, without https:// and path; Docker " +
    "Hub is docker.io";

test.each(["registry.example", "registry.example:5000", "10.0.0.9:5000", "localhost", "docker.io"])(
    "%s is a registry's address",
    (address) => {
        expect(registryAddressProblem(address)).toBeUndefined();
    },
);

test.each(["", "https://registry.example", "registry.example/team", "hashicorp", "a b.example"])(
    "%j is none",
    (address) => {
        expect(registryAddressProblem(address)).toBe(rule);
    },
);

test("all that is wrong with logins is said", () => {
    const registries = {
        hashicorp: { username: "", password: "" },
        "docker.io": { username: "me", password: pulumi.secret("x") },
    };
    expect(registryProblems(registries)).toEqual([
        `registries.hashicorp: ${rule}`,
        'registries.hashicorp.username: got ""; the name that logs in',
        "registries.hashicorp.password: it is empty",
    ]);
});

test("logins are given to a provider in one order, their passwords as secrets", async () => {
    const auth = registryAuth({
        "registry.example:5000": { username: "b", password: "2" },
        "docker.io": { username: "a", password: "1" },
    });
    const logins = pulumi.output(auth).apply((all) => all ?? []);
    expect(await valueOf(logins)).toEqual([
        { address: "registry-1.docker.io", username: "a", password: "1" },
        { address: "docker.io", username: "a", password: "1" },
        { address: "registry.example:5000", username: "b", password: "2" },
    ]);
    expect(await pulumi.isSecret(logins)).toBe(true);
    expect(registryAuth({})).toBeUndefined();
    expect(registryAuth()).toBeUndefined();
});

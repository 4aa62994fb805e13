import { unknownValue, type Checked, type Properties } from "../protocol/provider.ts";
import { isObject, revealed } from "../protocol/values.ts";

/** What is wrong with a property. */
type Failure = NonNullable<Checked["failures"]>[number];

/** A type of a property, as Pulumi's plugin names it in its messages. */
type TypeName =
    "string" | "bool" | "local.Logging" | "[]string" | "map[string]string" | "[]interface {}";

const inputTypes: Readonly<Record<string, TypeName>> = {
    triggers: "[]interface {}",
    create: "string",
    update: "string",
    delete: "string",
    stdin: "string",
    logging: "local.Logging",
    interpreter: "[]string",
    dir: "string",
    environment: "map[string]string",
    assetPaths: "[]string",
    archivePaths: "[]string",
    addPreviousOutputInEnv: "bool",
};

/** The names of the inputs. */
export const inputNames = Object.keys(inputTypes);

/** Outputs that are not inputs as well. */
export const ownOutputs = ["stdout", "stderr", "assets", "archive"] as const;

/** What is wrong with the inputs of a command. */
export function inputFailures(inputs: Properties): Failure[] {
    return failuresOf("CommandInputs", inputTypes, inputs);
}

/** What is wrong with its inputs and outputs, as they are recorded. */
export function stateFailures(state: Properties): Failure[] {
    const { assets, archive, ...others } = state;
    const types = { ...inputTypes, stdout: "string", stderr: "string" } as const;
    const missing = (["stdout", "stderr"] as const)
        .filter((name) => !(name in state))
        .map((name) => ({
            property: name,
            reason: `Missing required field '${name}' on 'local.CommandOutputs'`,
        }));
    // Files that Pulumi's plugin recorded stay as they are.
    return assets === undefined && archive === undefined
        ? [...missing, ...failuresOf("CommandOutputs", types, state)]
        : [...missing, ...failuresOf("CommandOutputs", types, others)];
}

/** @throws Error naming all failures; nothing where there is none */
export function refuse(failures: readonly Failure[], prefix = ""): void {
    if (failures.length > 0) {
        const lines = failures.map(({ property, reason }) => `\n\t${property}: ${reason}`);
        throw new Error(`${prefix}${failures.length} failures decoding:${lines.join("")}`);
    }
}

function failuresOf(
    owner: string,
    types: Readonly<Record<string, TypeName>>,
    properties: Properties,
): Failure[] {
    const plain = Object.entries(properties).map(([key, value]) => [key, revealed(value)] as const);
    const values = new Map(plain);
    const wrong = Object.entries(types).flatMap(([key, type]) => {
        const value = values.get(key);
        return value === undefined ? [] : valueFailures(owner, key, type, value);
    });
    const unrecognized = [...values.keys()]
        .filter((key) => !(key in types))
        .sort()
        .map((key) => ({
            property: key,
            reason: `Unrecognized field '${key}' on 'local.${owner}'`,
        }));
    return [...wrong, ...unrecognized];
}

/** The first failure of a value alone: Pulumi's plugin stops there. */
function valueFailures(owner: string, path: string, type: TypeName, value: unknown): Failure[] {
    if (value === unknownValue) {
        return [];
    }
    const got = typeOf(value);
    const elements = (paths: readonly (readonly [string, unknown])[]) =>
        paths.flatMap(([of, element]) => valueFailures(owner, of, "string", element)).slice(0, 1);
    switch (type) {
        case "[]interface {}":
            return got === type ? [] : [mismatch(owner, path, type, got)];
        case "[]string":
            return Array.isArray(value)
                ? elements(value.map((element, index) => [`${path}[${index}]`, element]))
                : [mismatch(owner, path, type, got)];
        case "map[string]string":
            return isObject(value)
                ? elements(
                      Object.entries(value).map(([key, element]) => [
                          `${path}[${key}] value`,
                          element,
                      ]),
                  )
                : [mismatch(owner, path, type, got)];
        default: {
            const wanted = type === "bool" ? "bool" : "string";
            return got === wanted ? [] : [mismatch(owner, path, type, got)];
        }
    }
}

function mismatch(owner: string, path: string, type: TypeName, got: string): Failure {
    const reason =
        got === "object"
            ? `An error occurred decoding '${owner}.${path}': Cannot decode Object{} to type ${type}; ` +
              "it isn't a struct, and no custom decoder exists"
            : `Field '${path}' on 'local.${owner}' must be a '${type}'; got '${got}' instead`;
    return { property: path, reason };
}

function typeOf(value: unknown): string {
    switch (typeof value) {
        case "number":
            return "float64";
        case "boolean":
            return "bool";
        case "string":
            return "string";
        default:
            return Array.isArray(value) ? "[]interface {}" : value === null ? "nil" : "object";
    }
}

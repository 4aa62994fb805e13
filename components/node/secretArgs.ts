import * as pulumi from "@pulumi/pulumi";

/** An argument whose plain values may have secrets among them. */
export type SecretArg = "agentConfig" | "services";

/** Which arguments have secrets in them. */
export interface SecretArgs {
    /** Arguments whose plain values have secrets among them: they decide what is declared, so they are no outputs. All
     * that is made of one is kept and shown as a secret. `agentConfig` means that of roles and nodes as well.
     * @default none */
    readonly secretArgs?: readonly SecretArg[] | undefined;
}

/** Whether an argument has secrets in it. */
export function hasSecrets({ secretArgs = [] }: SecretArgs, arg: SecretArg): boolean {
    return secretArgs.includes(arg);
}

/** Something that is made of an argument: a secret where that one has secrets in it. */
export function keptSecret(args: SecretArgs, arg: SecretArg, value: object): pulumi.Output<object> {
    const mark = hasSecrets(args, arg) ? pulumi.secret("") : pulumi.output("");
    return mark.apply(() => value);
}

/**
 * What another computer needs of docker-machine's store, as the stack's state keeps it: texts by their path in the
 * store, with {@link storeMark} where they name the store's own folder. Secret: private keys are among them.
 *
 * States hold these paths: none may change.
 */
export type KeptFiles = Readonly<Record<string, string>>;

/** Stands in kept texts for the store's folder, which is another one on each computer. */
export const storeMark = "{store}";

/** What `store open` answers where the state keeps the store; the store's path alone where it does not. */
export interface OpenedStore {
    /** The store's folder, relative to the project. */
    readonly store: string;
    readonly kept: KeptFiles;
}

/** The stack output by which the program knows what the state keeps, before it declares anything. */
export interface KeptStore {
    /** Counts the forms that it has had. */
    readonly format: 1;
    readonly files: KeptFiles;
}

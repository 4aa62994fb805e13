/**
 * What a change of a setting does to a cluster that runs, for docs/settings.md: given to the setting's schema by
 * `.meta(change(...))`. A setting without it fails the test of that page.
 */
export function change(what: string): { readonly change: string } {
    return { change: what };
}

/** What most settings of the agents do. */
export const replacesContainers = change(
    "containers are replaced one by one, servers first; data stay",
);

/** What settings of Consul's own configuration do. */
export const reloadsOrReplaces = change(
    "agents reload what they can; for the rest containers are replaced one by one",
);

/** What settings do that only this program goes by. */
export const changesNothing = change("nothing on the machines");

/** What settings of the machines' engines do. */
export const restartsEngines = change(
    "engines restart with all that runs there, one after another, servers first",
);

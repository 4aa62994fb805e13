module consul-machines/tools/pulumi-oldest

go 1.26.6

require github.com/pulumi/pulumi/pkg/v3 v3.260.0

// As in that module's own go.mod, where it is not seen by those who depend on it.
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e

module consul-machines/tools/registrator

go 1.21

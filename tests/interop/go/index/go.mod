module nostra/tests/interop/index

go 1.26.0

from alpine as Base
run a
user x
copy --from=base a b

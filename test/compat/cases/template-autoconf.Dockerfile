FROM alpine:@VERSION@

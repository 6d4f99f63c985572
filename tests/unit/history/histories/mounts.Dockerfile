ARG BASE=bb:base
FROM ${BASE}
RUN --mount=type=cache,target=/cache echo cached > /cache/x && echo m > /m
RUN --mount=type=bind,source=a.txt,target=/mnt/a.txt \
    --mount=type=tmpfs,target=/scratch \
    cat /mnt/a.txt > /copied
COPY b.txt /copied-b

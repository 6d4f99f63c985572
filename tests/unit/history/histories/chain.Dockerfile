ARG BASE=bb:base
FROM ${BASE} AS common
LABEL stage=common
RUN echo common > /common
COPY a.txt /a.txt

FROM common AS builder
RUN echo builder > /built
COPY b.txt /b.txt

FROM common AS dev
RUN echo dev > /dev-only

FROM common AS final
COPY --from=builder /built /built
RUN echo final > /final
CMD ["final"]

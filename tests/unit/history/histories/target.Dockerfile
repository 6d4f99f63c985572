ARG BASE=bb:base
FROM ${BASE} AS deps
RUN echo deps > /deps

FROM deps AS test
RUN echo test > /test
COPY a.txt /test-a
CMD ["test"]

FROM deps AS prod
RUN echo prod > /prod
COPY b.txt /prod-b
CMD ["prod"]

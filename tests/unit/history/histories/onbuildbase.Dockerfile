ARG BASE=bb:base
FROM ${BASE}
ENV LAYER=base
RUN echo base > /base
ONBUILD COPY a.txt /onbuild/
ONBUILD RUN echo "on build" > /onbuild/ran
ONBUILD ENV TRIGGERED=yes
CMD ["base"]

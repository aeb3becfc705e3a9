"""Disclosure: the gate that turns measures into the publication of one edition.

In: measures, policy, release history and an edition (audience, cohort or person). Out: a
`publications.Publication`, rounded as printed, made by `gate.publish`; nothing else reaches a reader.
`suppression` finds values that follow by subtraction, `differencing` those that follow from earlier
releases (`releases`); `facts` and `own_records` are not measures.
"""
